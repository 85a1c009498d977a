export const actions = {
  default: async ({ request }) => ({ taken: (await request.formData()).get('name') }),
};
