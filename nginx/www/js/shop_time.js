/* The time as the shop has it, whatever the clock of this machine says. */

let ahead = null; // of the page's own counter, which nobody sets

/* `text` is the time that an answer of the shop gives. It is old by what the answer took and by how long it was kept on the way, never
 * too new: the one that is furthest ahead is the closest. */
export function learn(text) {
  const found = Date.parse(text) - performance.now();
  ahead = ahead === null ? found : Math.max(ahead, found);
}

/* Milliseconds since 1970. */
export const now = () => (ahead === null ? Date.now() : performance.now() + ahead);

const two = (n) => String(n).padStart(2, '0');

/* "0:09", "12:00", "3:12:00", "2 days 03:12:00". */
export function clockWords(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(s / 86_400);
  const hours = Math.floor(s / 3600) % 24;
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  if (days > 0) return `${days} ${days === 1 ? 'day' : 'days'} ${two(hours)}:${rest}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, '');
}

/* "a few seconds", "40 seconds", "3 minutes", "2 hours": about how long. */
export function aboutWords(s) {
  if (s < 10) return 'a few seconds';
  if (s < 90) return `${Math.ceil(s / 10) * 10} seconds`;
  return s < 5400 ? `${Math.round(s / 60)} minutes` : `${Math.round(s / 3600)} hours`;
}
