import { greeting } from 'greeting';

document.getElementById('greeting').textContent = greeting;
document.getElementById('library').textContent = globalThis.library.home;
