// Makes every attempt to reach the network an error: what a judge may read is handed to it.

import {Socket} from 'node:net';

export function refuseNetwork() {
  const refuse = () => {
    throw new Error('a verifier tried to reach the network');
  };
  globalThis.fetch = refuse;
  Socket.prototype.connect = refuse;
}
