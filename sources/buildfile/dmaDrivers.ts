import { baseName } from "./entry.ts";

/** A program that makes a device start DMA. */
export interface DmaDriver {
  /** Its name; `*` stands for any letters. */
  readonly program: string;
  readonly drives: string;
  /** Only with one of these options does it start a device; without any it always does. */
  readonly withOption?: readonly string[];
}

/**
 * Drivers of the QNX guides whose devices do DMA, by program. Not here are those whose devices do none (serial ports, NOR flash,
 * RAM disks) and those that work through another driver (`devb-umass` through `io-usb`). `--dma-driver` adds more.
 */
export const DMA_DRIVERS: readonly DmaDriver[] = [
  // Network.
  { program: "io-pkt-*", drives: "network controllers", withOption: ["-d"] },
  { program: "io-sock", drives: "network controllers", withOption: ["-d", "-m"] },
  { program: "io-net", drives: "network controllers", withOption: ["-d"] },
  // Block devices.
  { program: "devb-*", drives: "a disk or flash controller" },
  { program: "fs-etfs-*", drives: "NAND flash" },
  // USB.
  { program: "io-usb", drives: "USB host controllers" },
  { program: "io-usb-otg", drives: "USB host and device controllers" },
  { program: "io-usb-dcd", drives: "USB device controllers" },
  // Sound.
  { program: "io-audio", drives: "sound controllers", withOption: ["-d"] },
  { program: "io-snd", drives: "sound controllers" },
  // Graphics and video.
  { program: "screen", drives: "the display controller and the GPU" },
  { program: "io-display", drives: "the display controller" },
  { program: "io-gf-*", drives: "the display controller" },
  { program: "devg-*", drives: "the display controller" },
  { program: "drm-*", drives: "the display controller and the GPU" },
  { program: "sensor", drives: "cameras" },
  { program: "camera*-service", drives: "cameras" },
  { program: "vcapture*", drives: "video capture" },
  { program: "vpu_service", drives: "the video codec" },
  // Virtual machines: what is passed through does DMA, and the host's service must know it first (HV-1, HV-8).
  { program: "qvm", drives: "the devices passed through to a virtual machine" },
  { program: "qvm-safety", drives: "the devices passed through to a virtual machine" },
];

/** Programs that the names above would take for drivers, and whose devices do no DMA of their own. */
const NOT_DMA: readonly string[] = ["devb-ram", "devb-loopback", "devb-umass", "devb-virtio", "fs-etfs-ram"];

/** Drivers of virtual network devices, which a program of the host serves. */
const VIRTUAL_NETWORK = /^(?:devnp-|devs-|mods-)?(?:vtnet|virtio|vdevpeer)/;

/** A mount that hands a driver to a running stack. */
const MOUNT_TYPES = /^(io-pkt|io-sock|io-net|io-usb|io-audio)/;

/** What a command starts that does DMA, or null. `program` is the name without its folder, `options` all that follows. */
export function dmaStartedBy(
  program: string,
  options: readonly string[],
  more: readonly string[],
): string | null {
  if (more.some((pattern) => matches(pattern, program))) return "a device that does DMA, as you said";
  if (program === "mount") return mountedDriver(options);
  if (NOT_DMA.includes(program)) return null;
  const driver = DMA_DRIVERS.find((known) => matches(known.program, program));
  if (driver === undefined) return null;
  const { withOption } = driver;
  const starts =
    withOption === undefined || options.some((word) => withOption.some((option) => isOption(word, option)));
  return starts && !isVirtualNetwork(program, options) ? driver.drives : null;
}

function isVirtualNetwork(program: string, options: readonly string[]): boolean {
  if (!/^io-(?:pkt|sock)/.test(program)) return false;
  const drivers = options.flatMap((word, at) => {
    if (!word.startsWith("-d")) return [];
    return [word === "-d" ? (options[at + 1] ?? "") : word.slice(2)];
  });
  return drivers.length > 0 && drivers.every((name) => VIRTUAL_NETWORK.test(baseName(name)));
}

function isOption(word: string, option: string): boolean {
  return word.startsWith(option);
}

function mountedDriver(options: readonly string[]): string | null {
  const at = options.findIndex((word) => word.startsWith("-T"));
  if (at < 0) return null;
  const type = options[at] === "-T" ? (options[at + 1] ?? "") : options[at]!.slice(2);
  return MOUNT_TYPES.test(type) ? `a device, by a driver mounted into ${type.slice(0, 32)}` : null;
}

// `*` is any run of characters; the pattern is split rather than made into an expression, so that none can run long.
function matches(pattern: string, name: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return name === pattern;
  if (!name.startsWith(head)) return false;
  const tail = rest.pop()!;
  let at = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - at >= tail.length && name.endsWith(tail);
}
