import { Suspense } from 'react';

import { released } from '../waiting.js';

async function Rest() {
  return <p id="rest">{await released()}: {process.env.ORIGIN}/slow</p>;
}

export default function Slow() {
  const script = "fetch('/release', { method: 'POST' })";
  return (
    <main>
      <h1>Slow</h1>
      <script dangerouslySetInnerHTML={{ __html: script }} />
      <Suspense fallback={<p id="fallback">Wait…</p>}>
        <Rest />
      </Suspense>
    </main>
  );
}
