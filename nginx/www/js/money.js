/* Amounts come as integers in the currency's minor unit; how many digits that is, Intl knows (JPY 0, EUR 2, KWD 3). */

/* The page is in English, so numbers and dates are too; a reader's own English (en-GB, en-US) is kept. */
export const LOCALE = (navigator.languages ?? []).find((language) => /^en\b/i.test(language)) ?? 'en';

const formats = new Map();

function format(currency) {
  if (!formats.has(currency)) {
    formats.set(currency, new Intl.NumberFormat(LOCALE, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }));
  }
  return formats.get(currency);
}

export function money(amount, currency) {
  try {
    const shape = format(currency);
    return shape.format(amount / 10 ** shape.resolvedOptions().maximumFractionDigits);
  } catch {
    return `${amount} ${currency}`; // a currency code Intl refuses: show what we have rather than a wrong comma
  }
}

const digits = (currency) => {
  try {
    return format(currency).resolvedOptions().maximumFractionDigits;
  } catch {
    return 2;
  }
};

/* What a person types for an amount, and what it is: '12,5' ↔ '1250'. '' for what is none. */
export const fromMinor = (amount, currency) => (amount / 10 ** digits(currency)).toFixed(amount % 10 ** digits(currency) === 0 ? 0 : digits(currency));
export function toMinor(text, currency) {
  const amount = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || !(amount >= 0) || amount > 1e9 ? '' : String(Math.round(amount * 10 ** digits(currency)));
}

/* "€12.00" or "from €12.00". */
export function priceRange(low, high, currency) {
  return low === high ? money(low, currency) : `from ${money(low, currency)}`;
}

const dayTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' });

export const when = (text) => dayTime.format(new Date(text));
export const timeOfDay = (text) => clock.format(new Date(text));
