import Image from 'next/image';
import Link from 'next/link';
import { cookies } from 'next/headers';

import { Counter } from './counter.jsx';

export default async function Home() {
  const visitor = (await cookies()).get('visitor')?.value ?? 'nobody';
  return (
    <main>
      <h1>Home of {visitor}</h1>
      <Counter home={`${process.env.ORIGIN}/`} />
      <Image src={`${process.env.ORIGIN}/picture.png`} alt="" width={64} height={64} priority />
      <nav>
        <Link href="/about">About</Link> <Link href="/slow">Slow</Link>{' '}
        <Link href={`${process.env.ORIGIN}/guests`}>Guests</Link>
      </nav>
    </main>
  );
}
