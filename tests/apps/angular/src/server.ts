import { join } from 'node:path';

import {
  AngularNodeAppEngine,
  createNodeRequestHandler,
  isMainModule,
  writeResponseToNodeResponse,
} from '@angular/ssr/node';
import express from 'express';

const server = express();
const engine = new AngularNodeAppEngine();

server.get('/api/place', (request, response) => {
  response.json({ here: `${process.env['ORIGIN']}/api/place` });
});

const folder = join(import.meta.dirname, '../browser');
server.use(express.static(folder, { index: false, redirect: false }));

server.use((request, response, next) => {
  engine
    .handle(request)
    .then((answer) => (answer ? writeResponseToNodeResponse(answer, response) : next()))
    .catch(next);
});

// The build loads this file, too.
if (isMainModule(import.meta.url)) {
  server.listen(Number(process.env['PORT']), process.env['HOST']!);
}

export const reqHandler = createNodeRequestHandler(server);
