import { cookies } from 'next/headers';
import { revalidatePath } from 'next/cache';
import { redirect } from 'next/navigation';

const guests = (globalThis.guests ??= []);

async function sign(form) {
  'use server';
  guests.push(form.get('name'));
  revalidatePath('/guests');
}

async function leave() {
  'use server';
  (await cookies()).set('visitor', 'gone');
  redirect('/');
}

export default function Guests() {
  return (
    <main>
      <h1>Guests</h1>
      <ul>{guests.map((name) => <li key={name}>{name} of {process.env.ORIGIN}</li>)}</ul>
      <form action={sign}>
        <input name="name" /> <button>Sign</button>
      </form>
      <form action={leave}>
        <button>Leave</button>
      </form>
    </main>
  );
}
