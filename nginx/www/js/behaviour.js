/* Tells the shop what is looked at and put into the cart, a few at a time, so that it can say what goes with what. Nothing waits for it
 * and nothing is said when it fails. */

import * as session from './session.js';
import { newKey } from './api.js';

const AFTER_MS = 1500;
const BATCH_MAX = 100;

let waiting = [];
let timer = null;

/* What this visit is called where nobody is signed in: forgotten with the tab. */
function visit() {
  const known = sessionStorage.getItem('souk.visit');
  if (known) return known;
  const name = newKey();
  sessionStorage.setItem('souk.visit', name);
  return name;
}

async function send() {
  timer = null;
  const events = waiting.splice(0, BATCH_MAX);
  if (events.length === 0 || navigator.onLine === false) return;
  try {
    const token = session.account() ? await session.token('account') : null;
    const body = JSON.stringify(token ? { events } : { session_id: visit(), events });
    await fetch('/v1/events', {
      method: 'POST', keepalive: true, credentials: 'omit', cache: 'no-store', body,
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': newKey(), ...(token && { Authorization: `Bearer ${token}` }) },
    });
  } catch {
    // then it is not known
  }
}

/* `type`: view or cart. */
export function tell(type, productId) {
  waiting.push({ type, product_id: productId });
  timer ??= setTimeout(send, AFTER_MS);
}

addEventListener('pagehide', () => { if (timer) { clearTimeout(timer); send(); } });
