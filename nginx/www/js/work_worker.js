/* Does a proof of work beside the page: is sent the challenge, sends the answer. */

import { Work } from './work.js';

const AT_ONCE = 10_000;

addEventListener('message', ({ data }) => {
  const work = new Work(data);
  let answer = null;
  while (answer === null) answer = work.tries(AT_ONCE);
  postMessage(answer);
});
