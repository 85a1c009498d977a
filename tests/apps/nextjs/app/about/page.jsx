import Link from 'next/link';

import { Counter } from '../counter.jsx';

// Long enough for a row of its own, which carries its length.
const history = () => `In the beginning was ${process.env.ORIGIN}/. – `.repeat(60);

export default function About() {
  return (
    <main>
      <h1>About</h1>
      <pre id="history">{history()}</pre>
      <Counter home={history()} />
      <Link href="/">Home</Link>
    </main>
  );
}
