import { Suspense } from 'react';
import { Await } from 'react-router';

import { released } from './waiting.js';

export function loader({ request }) {
  return { rest: released().then((how) => `${how}, ${request.url}`) };
}

export default function Slow({ loaderData: { rest } }) {
  const script = "fetch('/release', { method: 'POST' })";
  return (
    <main>
      <h1>Slow</h1>
      <script dangerouslySetInnerHTML={{ __html: script }} />
      <Suspense fallback={<p>Wait…</p>}>
        <Await resolve={rest}>{(rest) => <p id="rest">{rest}</p>}</Await>
      </Suspense>
    </main>
  );
}
