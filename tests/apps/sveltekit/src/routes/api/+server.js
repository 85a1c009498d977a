import { json } from '@sveltejs/kit';

export const GET = ({ url }) => json({ self: url.href });
