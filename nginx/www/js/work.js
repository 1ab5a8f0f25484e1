/* Proof of work: a text whose SHA-256, behind a challenge, begins with so many zero bits.
 *
 * The hash is made here (FIPS 180-4): the browser's own gives a promise for each, which takes longer than the hash itself.
 */
const DIGITS = 12; // of the number that is tried: always as many, so that nothing else of the text changes
const ZERO = 48;
const BLOCK_BYTES = 64;
const END_BYTES = 9; // what follows the text: one bit, and its length

function firstPrimes(n) {
  const found = [];
  for (let x = 2; found.length < n; x++) if (found.every((prime) => x % prime !== 0)) found.push(x);
  return found;
}

/* The first 32 bits behind the point. */
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;

const PRIMES = firstPrimes(64);
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const word = new Int32Array(64);

const turn = (x, n) => (x >>> n) | (x << (32 - n));

function spread(view, at) {
  for (let i = 0; i < 16; i++) word[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = word[i - 15];
    const y = word[i - 2];
    word[i] = word[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + word[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
}

/* Takes the block at `at` into the eight words of `state`. */
function take(state, view, at) {
  spread(view, at);
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], last = state[7];
  for (let i = 0; i < 64; i++) {
    const one = (last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + word[i]) | 0;
    const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    last = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += last;
}

export class Work {
  /* `bits`: 32 at most. */
  constructor({ challenge, bits }) {
    const head = new TextEncoder().encode(`${challenge}:`);
    const length = head.length + DIGITS;
    this.bits = bits;
    this.digits = head.length;
    this.bytes = new Uint8Array(Math.ceil((length + END_BYTES) / BLOCK_BYTES) * BLOCK_BYTES);
    this.bytes.set(head);
    this.bytes.fill(ZERO, head.length, length);
    this.bytes[length] = 0x80;
    this.view = new DataView(this.bytes.buffer);
    this.view.setUint32(this.bytes.length - 4, 8 * length);
    this.same = head.length - (head.length % BLOCK_BYTES); // blocks before this never change
    this.before = START.slice();
    for (let at = 0; at < this.same; at += BLOCK_BYTES) take(this.before, this.view, at);
    this.state = new Int32Array(8);
  }

  fits() {
    this.state.set(this.before);
    for (let at = this.same; at < this.bytes.length; at += BLOCK_BYTES) take(this.state, this.view, at);
    return Math.clz32(this.state[0]) >= this.bits;
  }

  count() {
    let at = this.digits + DIGITS - 1;
    while (++this.bytes[at] > ZERO + 9) this.bytes[at--] = ZERO;
  }

  /* Tries `n` texts more: the one that fits, or null. */
  tries(n) {
    for (let i = 0; i < n; i++) {
      if (this.fits()) return new TextDecoder().decode(this.bytes.subarray(this.digits, this.digits + DIGITS));
      this.count();
    }
    return null;
  }
}
