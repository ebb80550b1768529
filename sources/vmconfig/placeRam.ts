/** A run of host-physical bytes. */
export interface HostRange {
  readonly start: bigint;
  readonly length: bigint;
}

const PAGE = 0x1000n;
const MEBIBYTE = 0x10_0000n;

/**
 * Where the hypervisor puts memory of a VM: as high as there is room, below what was placed before, at a MiB where it is
 * that long. `taken` is not given away. Null: there is no room in one piece.
 */
export function placeRam(
  length: bigint,
  memory: readonly HostRange[],
  taken: readonly HostRange[],
): bigint | null {
  const step = length >= MEBIBYTE ? MEBIBYTE : PAGE;
  const isFree = (start: bigint, room: HostRange) => {
    if (start < room.start) return null;
    const hit = taken.find((each) => start < each.start + each.length && each.start < start + length);
    return hit ?? "free";
  };
  const rooms = [...memory].sort((a, b) => (a.start < b.start ? 1 : -1));
  for (const room of rooms) {
    let start = aligned(room.start + room.length - length, step);
    for (;;) {
      const found = isFree(start, room);
      if (found === null) break;
      if (found === "free") return start;
      start = aligned(found.start - length, step);
    }
  }
  return null;
}

/** Down to a multiple; what lies below 0 is no address. */
function aligned(address: bigint, step: bigint): bigint {
  return address < 0n ? -1n : address - (address % step);
}
