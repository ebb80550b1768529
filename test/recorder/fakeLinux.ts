import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { RECORDER } from "./cc.ts";

/** Real lines of a recorded boot (QEMU virt, SMMUv3, Linux 6.1). */
export const TRACE = `# tracer: nop
#
# entries-in-buffer/entries-written: 5/5   #P:1
#
    kworker/u2:1-23      [000] .....     0.893694: add_device_to_group: IOMMU: groupID=0 device=0000:00:09.0
    kworker/u2:1-23      [000] d....     0.895388: kattach: (arm_smmu_attach_dev+0x0/0x49c) dom=0xffff000006fe8098 dev="0000:00:09.0"
    kworker/u2:1-23      [000] .....     0.897264: attach_device_to_domain: IOMMU: device=0000:00:09.0
    kworker/u2:1-23      [000] d....     0.904424: kmap: (__iommu_map+0x0/0x2ac) dom=0xffff000006fe8098 iova=0xfffff000 pa=0x8090000 size=0x1000 prot=0x1a
    kworker/u2:1-23      [000] .....     0.905026: map: IOMMU: iova=0x00000000fffff000 - 0x0000000100000000 paddr=0x0000000008090000 size=4096
`;

export const DMESG = "[    0.894000] pcieport 0000:00:09.0: Adding to iommu group 0\n";

const KALLSYMS = `ffffffff816e3680 t __iommu_unmap
ffffffff816e3920 t __iommu_attach_device
ffffffff816e39b0 t __iommu_map
ffffffff816e3c50 T iommu_map
ffffffff81a3689c t __iommu_map.cold
`;

const TRACEFS = "sys/kernel/tracing";
const INSTANCE = `${TRACEFS}/instances/smmu_replay`;

/** What a run of the script said and how it ended. */
export interface ScriptRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A folder that looks like a Linux machine's /sys and /proc, and commands that behave as on it. As in the real
 * tracefs, a trace instance comes with its files when its folder is made, and goes with them.
 */
export class FakeLinux {
  readonly root: string;
  machine = "x86_64";
  release = "6.1.0";
  user = "0";
  dmesg = `printf '%s' '${DMESG.trim()}
'`;

  constructor(root: string) {
    this.root = root;
    mkdirSync(root, { recursive: true });
    this.write(
      `${TRACEFS}/README`,
      "\t fetcharg: (%<register>|$<efield>), $stack, $retval, $comm, $arg<N>,\n",
    );
    this.write(`${TRACEFS}/kprobe_events`, "");
    this.write(`${TRACEFS}/error_log`, "");
    this.#traceFiles(TRACEFS);
    this.#traceFiles("template");
    this.write("template/events/smmu_replay/enable", "0\n");
    this.folder(`${TRACEFS}/instances`);
    this.write("proc/kallsyms", KALLSYMS);
    this.write("proc/cmdline", "quiet iommu.strict=1\n");
    this.write("proc/iomem", "00000000-00000fff : Reserved\n");
    this.write("sys/firmware/acpi/tables/DMAR", "DMAR-bytes");
    this.write("boot/config-6.1.0", "CONFIG_INTEL_IOMMU=y\n# CONFIG_VFIO is not set\nCONFIG_NET=y\n");
    this.folder("sys/class/iommu/dmar0");
    this.#group("2", ["0000:00:05.0"]);
    this.#group("10", ["0000:00:04.0"]);
  }

  #traceFiles(at: string): void {
    this.write(`${at}/tracing_on`, "1\n");
    this.write(`${at}/trace_clock`, "[local] global counter\n");
    this.write(`${at}/buffer_size_kb`, "1410\n");
    this.write(`${at}/options/overwrite`, "1\n");
    this.write(`${at}/events/iommu/enable`, "0\n");
    this.write(`${at}/events/intel_iommu/enable`, "0\n");
    this.write(`${at}/per_cpu/cpu0/stats`, "entries: 5\noverrun: 0\ndropped events: 0\n");
    this.write(`${at}/trace`, TRACE);
  }

  #group(number: string, devices: readonly string[]): void {
    const group = `sys/kernel/iommu_groups/${number}`;
    this.write(`${group}/type`, "DMA\n");
    this.write(`${group}/reserved_regions`, "0x00000000fee00000 0x00000000feefffff msi\n");
    for (const device of devices) {
      this.folder(`${group}/devices/${device}`);
      this.write(`sys/bus/pci/devices/${device}/vendor`, "0x8086\n");
      this.write(`sys/bus/pci/devices/${device}/device`, "0x10d3\n");
      this.write(`sys/bus/pci/devices/${device}/class`, "0x020000\n");
      symlinkSync("../../../drivers/e1000e", this.path(`sys/bus/pci/devices/${device}/driver`));
      symlinkSync(`../../../iommu_groups/${number}`, this.path(`sys/bus/pci/devices/${device}/iommu_group`));
    }
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  folder(name: string): void {
    mkdirSync(this.path(name), { recursive: true });
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** Makes writes to a file fail, as the kernel makes them fail. */
  refuseWrites(name: string): void {
    this.remove(name);
    this.folder(name);
  }

  tracefs(name: string): string {
    return `${TRACEFS}/${name}`;
  }

  instance(name = ""): string {
    return name === "" ? INSTANCE : `${INSTANCE}/${name}`;
  }

  /** The probes that are defined. */
  probes(): string[] {
    return this.read(`${TRACEFS}/kprobe_events`).split("\n").slice(0, -1);
  }

  /** Runs the script, with its fake commands first on the path; then does what the kernel does with removed probes. */
  run(...args: string[]): ScriptRun {
    const bin = this.path("bin");
    mkdirSync(bin, { recursive: true });
    this.#command("id", `echo ${this.user}`);
    this.#command(
      "uname",
      `case $1 in -m) echo ${this.machine};; -r) echo ${this.release};; *) echo Linux 6.1.0;; esac`,
    );
    this.#command("dmesg", this.dmesg);
    this.#command(
      "mkdir",
      `case $1 in */instances/*) cp -r '${this.path("template")}' "$1";; *) PATH=${systemPath()} exec mkdir "$@";; esac`,
    );
    this.#command("rmdir", `case $1 in */instances/*) rm -r "$1";; *) exit 1;; esac`);
    const script = join(RECORDER, "linux-record.sh");
    const env = { PATH: `${bin}:${systemPath()}`, SMMU_RECORD_ROOT: this.root };
    const { status, stdout, stderr } = spawnSync("sh", [script, ...args], {
      encoding: "utf8",
      env,
      cwd: this.root,
      timeout: 30_000,
    });
    this.#settleProbes();
    return { status, stdout, stderr };
  }

  #command(name: string, body: string): void {
    writeFileSync(this.path(`bin/${name}`), `#!/bin/sh\n${body}\n`);
    chmodSync(this.path(`bin/${name}`), 0o755);
  }

  #settleProbes(): void {
    const file = this.path(`${TRACEFS}/kprobe_events`);
    if (!existsSync(file) || !statSync(file).isFile()) return;
    const alive: string[] = [];
    for (const line of this.probes()) {
      const gone = /^-:(\S+)$/.exec(line)?.[1];
      if (gone === undefined) alive.push(line);
      else alive.splice(0, alive.length, ...alive.filter((probe) => !probe.startsWith(`p:${gone} `)));
    }
    writeFileSync(file, alive.map((line) => `${line}\n`).join(""));
  }
}

function systemPath(): string {
  return process.env["PATH"] ?? "/usr/bin:/bin";
}
