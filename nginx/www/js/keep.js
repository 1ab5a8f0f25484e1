/* What the browser remembers between visits: JSON under "souk.<name>" in localStorage.
 *
 * Where storage is forbidden or full (private windows), values live as long as the page does.
 */
const memory = new Map();

export function read(name, fallback) {
  try {
    const text = localStorage.getItem(`souk.${name}`);
    return text === null ? (memory.get(name) ?? fallback) : JSON.parse(text);
  } catch {
    return memory.get(name) ?? fallback;
  }
}

export function write(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(`souk.${name}`, JSON.stringify(value));
  } catch {
    // kept in memory
  }
}

export function forget(name) {
  memory.delete(name);
  try {
    localStorage.removeItem(`souk.${name}`);
  } catch {
    // it was never stored
  }
}

/* Calls `then` when another tab has changed `name`. */
export function onElsewhere(name, then) {
  addEventListener('storage', (event) => {
    if (event.key === `souk.${name}` || event.key === null) then();
  });
}
