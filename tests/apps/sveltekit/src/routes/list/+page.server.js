import { fail, redirect } from '@sveltejs/kit';

const items = [];

export const load = ({ url }) => ({ here: url.href, items });

export const actions = {
  async add({ request, url }) {
    const name = (await request.formData()).get('name');
    if (!name) return fail(400, { fault: `no name at ${url.href}` });
    items.push({ name, link: new URL(`#${name}`, url).href });
    return { added: name };
  },
  leave({ cookies, url }) {
    cookies.set('visitor', 'gone', { path: '/kit', secure: false });
    redirect(303, new URL('/kit', url));
  },
};
