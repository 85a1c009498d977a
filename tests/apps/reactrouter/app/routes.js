import { index, route } from '@react-router/dev/routes';

export default [
  index('home.jsx'),
  route('list', 'list.jsx'),
  route('slow', 'slow.jsx'),
  route('release', 'release.js'),
];
