import { useState } from 'react';
import { Link } from 'react-router';

export function loader({ request }) {
  const visitor = /visitor=(\w+)/.exec(request.headers.get('Cookie') ?? '')?.[1] ?? 'nobody';
  return { here: new URL('/', request.url), seen: new Date(0), visitor };
}

export const meta = ({ data }) => [
  { title: 'A site in React Router' },
  { tagName: 'link', rel: 'canonical', href: data.here.href },
];

export default function Home({ loaderData: { here, seen, visitor } }) {
  const [count, setCount] = useState(0);
  return (
    <main>
      <h1>Home of {visitor}</h1>
      <p id="here">
        {here.href} since {seen.toISOString()}
      </p>
      <button id="counter" onClick={() => setCount(count + 1)}>
        {count}
      </button>
      <Link to="/list">List</Link>
      <footer>{here.host}</footer>
    </main>
  );
}
