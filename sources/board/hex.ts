/** `0x` and lower-case digits, at least `digits` of them: how facts and messages spell addresses and bit fields. */
export function hex(value: number | bigint, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}
