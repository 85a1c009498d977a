import { ActionError, defineAction } from 'astro:actions';
import { z } from 'astro:schema';

export const server = {
  greet: defineAction({
    accept: 'form',
    input: z.object({ name: z.string() }),
    handler({ name }, { url }) {
      if (name === 'nobody') {
        throw new ActionError({ code: 'NOT_FOUND', message: `no ${name} at ${url.origin}` });
      }
      return { text: `Hello ${name}`, link: new URL(`/#${name}`, url) };
    },
  }),
};
