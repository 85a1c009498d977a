import { released } from '$lib/waiting.js';

export const load = ({ url }) => ({ rest: released().then((how) => `${how}, ${url.href}`) });
