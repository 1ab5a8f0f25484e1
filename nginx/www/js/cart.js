/* The cart: lines of {sku_id, product_id, title, choice, image, price, currency, qty}, kept by the browser.
 *
 * Prices here are what was shown; the server decides what is charged (expected_total).
 */
import { onElsewhere, read, write } from './keep.js';

export const QTY_MAX = 99;
export const LINES_MAX = 50;

const listeners = new Set();
const changed = () => listeners.forEach((listener) => listener());
onElsewhere('cart', changed);

export const onChange = (listener) => { listeners.add(listener); return () => listeners.delete(listener); };

const sound = (line) => typeof line?.sku_id === 'string' && typeof line.title === 'string' && typeof line.currency === 'string'
  && Number.isSafeInteger(line.price) && line.price >= 0 && Number.isInteger(line.qty) && line.qty >= 1 && line.qty <= QTY_MAX;

export function lines() {
  const stored = read('cart', []);
  return Array.isArray(stored) ? stored.filter(sound) : [];
}

function save(next) {
  write('cart', next);
  changed();
}

/* Adds to the line of that SKU, or makes one at the end. Returns the units now in the cart; 0 when there is no room for a new line. */
export function add(line) {
  const now = lines();
  const same = now.find((other) => other.sku_id === line.sku_id);
  if (!same && now.length >= LINES_MAX) return 0;
  const qty = Math.min(QTY_MAX, (same?.qty ?? 0) + line.qty);
  save(same ? now.map((other) => (other === same ? { ...line, qty } : other)) : [...now, { ...line, qty }]);
  return qty;
}

export const setQty = (skuId, qty) => save(lines().map((line) => (line.sku_id === skuId ? { ...line, qty } : line)));
export const remove = (skuId) => save(lines().filter((line) => line.sku_id !== skuId));

/* Takes ordered units out; what was added meanwhile stays. */
export function takeOut(ordered) {
  const left = (line) => line.qty - (ordered.find((item) => item.sku_id === line.sku_id)?.qty ?? 0);
  save(lines().map((line) => ({ ...line, qty: left(line) })).filter((line) => line.qty > 0));
}

/* New prices and names by sku_id; a SKU with null is gone and leaves the cart's line marked. */
export function refreshPrices(fresh) {
  save(lines().map((line) => {
    const sku = fresh.get(line.sku_id);
    if (sku === undefined) return line;
    return sku === null ? { ...line, gone: true } : { ...line, gone: false, price: sku.price, currency: sku.currency };
  }));
}

export const units = () => lines().reduce((sum, line) => sum + line.qty, 0);
export const total = (of = lines()) => of.reduce((sum, line) => sum + line.price * line.qty, 0);
