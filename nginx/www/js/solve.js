/* Solves a challenge of work in the background: in a worker, or where there is none, a little at a time. */

import { pause } from './api.js';
import { Work } from './work.js';

const SLICE = 2000; // hashes at once: a few milliseconds

async function inSlices(challenge, signal) {
  const work = new Work(challenge);
  for (;;) {
    const answer = work.tries(SLICE);
    if (answer !== null) return answer;
    await pause(0, signal);
  }
}

function inWorker(challenge, signal) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./work_worker.js', import.meta.url), { type: 'module' });
    const end = (then, value) => { worker.terminate(); then(value); };
    worker.addEventListener('message', ({ data }) => end(resolve, data));
    worker.addEventListener('error', () => end(resolve, null));
    signal.addEventListener('abort', () => end(reject, signal.reason), { once: true });
    worker.postMessage(challenge);
  });
}

/* The answer to {challenge, bits}. Rejects when `signal` is aborted. */
export async function solve({ challenge, bits }, signal) {
  signal.throwIfAborted();
  const task = { challenge, bits };
  const answer = typeof Worker === 'function' ? await inWorker(task, signal) : null;
  return answer ?? inSlices(task, signal);
}
