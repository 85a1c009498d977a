import node from '@astrojs/node';
import { defineConfig } from 'astro/config';

export default defineConfig({
  output: 'server',
  adapter: node({ mode: 'standalone' }),
  // Without it Astro believes no `Host`, and calls itself localhost.
  security: { allowedDomains: [{ hostname: 'origin.internal.test' }, { hostname: '127.0.0.1' }] },
});
