'use client';

import { useState } from 'react';

export function Counter({ home }) {
  const [count, setCount] = useState(0);
  return (
    <button id="counter" data-home={home} onClick={() => setCount(count + 1)}>
      {count} at {home}
    </button>
  );
}
