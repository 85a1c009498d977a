// Ends TLS in front of the gate, as a CDN or a load balancer does.

import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';

import { PUBLIC_HOST } from './site.mjs';

// Returns the address, and the hash by which the browser is to know the certificate.
export async function endTls({ gate, runtime, work }) {
  const [key, cert] = [join(work, 'key.pem'), join(work, 'cert.pem')];
  execFileSync('openssl', [
    'req', '-x509', '-nodes', '-days', '2', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:prime256v1', '-subj', `/CN=${PUBLIC_HOST}`, '-addext',
    `subjectAltName=DNS:${PUBLIC_HOST}`, '-keyout', key, '-out', cert,
  ], { stdio: 'ignore' });
  const options = {
    key: readFileSync(key),
    cert: readFileSync(cert),
    // Of the runtimes, only the native gate speaks HTTP/2 without TLS.
    ALPNProtocols: runtime === 'native' ? ['h2', 'http/1.1'] : ['http/1.1'],
  };
  const open = new Set();
  const [host, port] = gate.address.split(':');
  const server = createServer(options, (client) => {
    const behind = connect(Number(port), host);
    open.add(client).add(behind);
    client.on('error', () => behind.destroy()).on('close', () => behind.destroy());
    behind.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(behind).pipe(client);
  });
  server.on('tlsClientError', () => {}); // the browser tells
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const der = new X509Certificate(options.cert).publicKey.export({ type: 'spki', format: 'der' });
  return {
    address: `127.0.0.1:${server.address().port}`,
    spki: createHash('sha256').update(der).digest('base64'),
    async stop() {
      server.close();
      for (const socket of open) socket.destroy();
      await gate.stop();
    },
  };
}
