/** The line of each state of a trace in its text, which must be good JSON; lines count from 1. */
export function statePlaces(text: string): number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  let inStates = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case NEWLINE:
        line += 1;
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        // A key of the document itself: what follows it is its value.
        if (
          depth === 1 &&
          !inStates &&
          text.slice(at, end) === '"states"' &&
          STATES.test(text.slice(end, end + 100))
        )
          inStates = true;
        at = end - 1;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth += 1;
        if (inStates && depth === 3) lines.push(line);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1;
        if (inStates && depth === 1) return lines;
        break;
    }
  }
  return lines;
}

const STATES = /^\s*:\s*\[/;
const [NEWLINE, QUOTE] = [10, 34];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [123, 125, 91, 93];

/** The index after the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at >= 0) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at + 1;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}
