import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { RECORDER, scratchFolder } from "./cc.ts";
import { DMESG, FakeLinux, TRACE } from "./fakeLinux.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let machines = 0;
let linux: FakeLinux;
beforeEach(() => {
  linux = new FakeLinux(join(scratch.path, `machine-${++machines}`));
});

/** After a refusal: the exit code, the sentence, and a machine as it was. */
function expectRefusal(run: { status: number | null; stderr: string }, sentence: RegExp): void {
  expect(run.stderr).toMatch(sentence);
  expect(run.status).toBe(1);
  expect(linux.exists(linux.instance())).toBe(false);
  expect(linux.probes().filter((probe) => probe.includes("smmu_replay"))).toEqual([]);
}

test("the script is one that a POSIX shell reads", () => {
  expect(spawnSync("sh", ["-n", join(RECORDER, "linux-record.sh")], { encoding: "utf8" }).stderr).toBe("");
});

test.skipIf(spawnSync("shellcheck", ["--version"]).status !== 0)(
  "shellcheck has nothing to say of it",
  () => {
    const { stdout, status } = spawnSync("shellcheck", [join(RECORDER, "linux-record.sh")], {
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([0, ""]);
  },
);

describe("start", () => {
  test("defines the probes of the kernel command line, in a trace instance of its own, on the clock of dmesg", () => {
    expect(linux.run("start")).toMatchObject({ status: 0 });
    expect(linux.probes()).toEqual([
      "p:smmu_replay/kmap __iommu_map dom=$arg1 iova=$arg2 pa=$arg3 size=$arg4 prot=$arg5",
      "p:smmu_replay/kunmap __iommu_unmap dom=$arg1 iova=$arg2 size=$arg3",
      "p:smmu_replay/kattach __iommu_attach_device dom=$arg1 dev=+0(+0($arg2)):string",
    ]);
    const values = [
      "trace_clock",
      "buffer_size_kb",
      "options/overwrite",
      "events/smmu_replay/enable",
      "events/iommu/enable",
      "events/intel_iommu/enable",
      "tracing_on",
    ].map((name) => linux.read(linux.instance(name)).trim());
    expect(values).toEqual(["global", "8192", "0", "1", "1", "1", "1"]);
  });

  test("leaves the machine's own tracing as it was", () => {
    linux.write(linux.tracefs("kprobe_events"), "p:mine/other vfs_read\n");
    linux.run("start");
    linux.run("cancel");
    expect(linux.probes()).toEqual(["p:mine/other vfs_read"]);
    expect(linux.read(linux.tracefs("events/iommu/enable"))).toBe("0\n");
    expect(linux.read(linux.tracefs("tracing_on"))).toBe("1\n");
    expect(linux.exists(linux.instance())).toBe(false);
  });

  test.each([
    ["x86_64", ["%di", "%si", "%dx", "%cx", "%r8"]],
    ["aarch64", ["%x0", "%x1", "%x2", "%x3", "%x4"]],
  ])("names arguments by the registers of %s where the kernel knows no $arg", (machine, [a, b, c, d, e]) => {
    linux.machine = machine;
    linux.write(linux.tracefs("README"), "\t fetcharg: %<register>, @<address>, $stack, $retval, $comm,\n");
    expect(linux.run("start")).toMatchObject({ status: 0 });
    expect(linux.probes()).toEqual([
      `p:smmu_replay/kmap __iommu_map dom=${a} iova=${b} pa=${c} size=${d} prot=${e}`,
      `p:smmu_replay/kunmap __iommu_unmap dom=${a} iova=${b} size=${c}`,
      `p:smmu_replay/kattach __iommu_attach_device dom=${a} dev=+0(+0(${b})):string`,
    ]);
  });

  test("guesses no registers on a machine it does not know", () => {
    linux.machine = "riscv64";
    linux.remove(linux.tracefs("README"));
    expectRefusal(linux.run("start"), /where they are on riscv64 is not known.*--without-kprobes/);
  });

  test.each([
    ["4.19.0-rc1", 16],
    ["5.1.21", 16],
    ["5.2.0", 0],
    ["5.10-rt", 0],
    ["6.12.107+deb12-amd64", 0],
    ["10.0", 0],
  ])("on Linux %s reads a device's name at byte %d of its structure", (release, at) => {
    linux.release = release;
    linux.run("start");
    expect(linux.probes()[2]).toContain(` dev=+0(+${at}($arg2)):string`);
  });

  test("takes the function's newer name where the older is gone", () => {
    linux.write(
      "proc/kallsyms",
      "f1 T iommu_map_nosync\nf2 t __iommu_unmap\nf3 t __iommu_attach_device\nf4 T iommu_map\n",
    );
    linux.run("start");
    expect(linux.probes()[0]).toMatch(/^p:smmu_replay\/kmap iommu_map_nosync /);
  });

  test("does not take a copy that the compiler made for the function: its arguments may be elsewhere", () => {
    linux.write("proc/kallsyms", "f1 t __iommu_map.isra.0\nf2 t __iommu_unmap\nf3 t __iommu_attach_device\n");
    expectRefusal(linux.run("start"), /no function of this kernel shows mappings/);
  });

  test.each([
    ["dmar0", "intel_iommu_attach_device"],
    ["ivhd0", "amd_iommu_attach_device"],
    ["smmu3.0x0000000009050000", "arm_smmu_attach_dev"],
  ])("with the core's function inlined, takes that of the driver behind %s", (unit, symbol) => {
    linux.remove("sys/class/iommu/dmar0");
    linux.folder(`sys/class/iommu/${unit}`);
    linux.write(
      "proc/kallsyms",
      "1 t __iommu_map\n2 t __iommu_unmap\n3 t intel_iommu_attach_device\n4 t amd_iommu_attach_device\n5 t arm_smmu_attach_dev\n",
    );
    linux.run("start");
    expect(linux.probes()[2]).toContain(` ${symbol} `);
  });

  test("does not choose between two functions of one name", () => {
    linux.remove("sys/class/iommu/dmar0");
    linux.folder("sys/class/iommu/smmu3.0");
    linux.write(
      "proc/kallsyms",
      "1 t __iommu_map\n2 t __iommu_unmap\n3 t arm_smmu_attach_dev\n4 t arm_smmu_attach_dev\n",
    );
    expectRefusal(
      linux.run("start"),
      /several functions of that name[\s\S]*no function of this kernel shows attachments/,
    );
  });

  test.each([
    ["template/trace_clock", /refuses the clock/],
    ["template/buffer_size_kb", /8192 KiB a CPU/],
    ["template/options/overwrite", /oldest/],
    ["template/events/smmu_replay/enable", /refuses to enable the events smmu_replay/],
    ["template/events/iommu/enable", /refuses to enable the events iommu/],
    ["template/events/intel_iommu/enable", /refuses to enable the events intel_iommu/],
    ["template/tracing_on", /cannot be stopped/],
  ])("leaves nothing behind where the kernel refuses %s", (file, sentence) => {
    linux.refuseWrites(file);
    const run = linux.run("start");
    expectRefusal(run, sentence);
    expect(run.stderr).toContain("nothing was left behind");
  });

  test("tells the kernel's own reason where it refuses a probe", () => {
    linux.refuseWrites(linux.tracefs("kprobe_events"));
    linux.write(linux.tracefs("error_log"), "trace_kprobe: error: The symbol is not unique\n");
    const run = linux.run("start");
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("The symbol is not unique");
    expect(linux.exists(linux.instance())).toBe(false);
  });

  test("needs root", () => {
    linux.user = "1000";
    expectRefusal(linux.run("start"), /needs root/);
  });

  test.each([
    ["sys/kernel/tracing/events", /not mounted: mount -t tracefs/],
    ["sys/kernel/tracing/events/iommu", /no iommu events/],
  ])("says in a sentence that the machine lacks %s", (name, sentence) => {
    linux.remove(name);
    expectRefusal(linux.run("start"), sentence);
  });

  test("says that a kernel without kprobes shows no domains, and records the rest only when told to", () => {
    linux.remove(linux.tracefs("kprobe_events"));
    const refused = linux.run("start");
    expect(refused.stderr).toMatch(/no kprobe_events.*--without-kprobes/);
    expect(refused.status).toBe(1);
    expect(linux.exists(linux.instance())).toBe(false);
    expect(linux.run("start", "--without-kprobes")).toMatchObject({ status: 0 });
    expect(linux.read(linux.instance("events/iommu/enable"))).toBe("1\n");
    expect(linux.read(linux.instance("events/smmu_replay/enable"))).toBe("0\n");
  });

  test("says that a locked-down kernel allows no tracing", () => {
    linux.write("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
    expectRefusal(linux.run("start"), /locked down/);
  });

  test("does not begin a second recording over the first", () => {
    linux.run("start");
    const probes = linux.probes();
    expect(linux.run("start")).toMatchObject({ status: 1, stderr: expect.stringContaining("there already") });
    expect(linux.probes()).toEqual(probes);
    expect(linux.exists(linux.instance())).toBe(true);
  });

  test("removes probes that a killed start left behind, and says so", () => {
    linux.write(linux.tracefs("kprobe_events"), "p:smmu_replay/kmap __iommu_map dom=%di\n");
    expect(linux.run("start").stderr).toContain("left behind");
    expect(linux.probes()).toHaveLength(3);
  });

  test("warns where no device is behind an IOMMU", () => {
    linux.remove("sys/kernel/iommu_groups");
    expect(linux.run("start")).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("no device is in an IOMMU"),
    });
  });
});

describe("collect", () => {
  const files = () => readdirSync(linux.path("out")).sort();

  test("writes what smmu import takes, and the facts of the machine, and takes down what start set up", () => {
    linux.run("start");
    const run = linux.run("collect", linux.path("out"));
    expect(run.status).toBe(0);
    expect(files()).toEqual([
      "acpi",
      "cmdline.txt",
      "config.txt",
      "dmesg.txt",
      "ftrace.txt",
      "iomem.txt",
      "iommu-groups.txt",
      "pci.txt",
      "recording.txt",
    ]);
    expect(linux.read("out/ftrace.txt")).toBe(TRACE);
    expect(linux.read("out/dmesg.txt")).toBe(DMESG);
    expect(linux.read("out/acpi/DMAR.dat")).toBe("DMAR-bytes");
    expect(linux.read("out/config.txt")).toBe("CONFIG_INTEL_IOMMU=y\n# CONFIG_VFIO is not set\n");
    expect(linux.exists(linux.instance())).toBe(false);
    expect(linux.probes()).toEqual([]);
    expect(run.stderr).toContain(`smmu import ${linux.path("out")}/ftrace.txt`);
  });

  test("lists groups by number with their reserved regions, and PCI functions with driver and group", () => {
    linux.run("start");
    linux.run("collect", linux.path("out"));
    expect(linux.read("out/iommu-groups.txt")).toBe(
      "group 2 type=DMA devices=0000:00:05.0 \n" +
        "  reserved 0x00000000fee00000 0x00000000feefffff msi\n" +
        "group 10 type=DMA devices=0000:00:04.0 \n" +
        "  reserved 0x00000000fee00000 0x00000000feefffff msi\n",
    );
    expect(linux.read("out/pci.txt").split("\n")[0]).toBe(
      "0000:00:04.0 vendor=0x8086 device=0x10d3 class=0x020000 driver=e1000e group=10 path=",
    );
  });

  test("tells in recording.txt how the recording was made", () => {
    linux.run("start");
    linux.run("collect", linux.path("out"));
    expect(linux.read("out/recording.txt")).toBe(
      "recorder: linux-record.sh 1\n" +
        "kernel: Linux 6.1.0\n" +
        "units: dmar0\n" +
        "since: started at run time: earlier mappings are not known\n" +
        "clock: global\n" +
        "events lost: 0\n" +
        "probes:\n" +
        "p:smmu_replay/kmap __iommu_map dom=$arg1 iova=$arg2 pa=$arg3 size=$arg4 prot=$arg5\n" +
        "p:smmu_replay/kunmap __iommu_unmap dom=$arg1 iova=$arg2 size=$arg3\n" +
        "p:smmu_replay/kattach __iommu_attach_device dom=$arg1 dev=+0(+0($arg2)):string\n",
    );
  });

  test("collects what the kernel command line recorded since boot, and leaves that as it is", () => {
    const probes = ["p:kprobes/kmap __iommu_map dom=$arg1", "p:kprobes/kunmap __iommu_unmap dom=$arg1"];
    linux.write(linux.tracefs("kprobe_events"), probes.map((probe) => `${probe}\n`).join(""));
    expect(linux.run("collect", linux.path("out"))).toMatchObject({ status: 0 });
    expect(linux.read("out/ftrace.txt")).toBe(TRACE);
    expect(linux.read("out/recording.txt")).toContain("since: boot");
    expect(linux.read(linux.tracefs("tracing_on"))).toBe("1\n");
    expect(linux.probes()).toEqual(probes);
  });

  test("leaves no folder behind where the recording cannot be written, and keeps the recording", () => {
    linux.run("start");
    linux.dmesg = "exit 1";
    const run = linux.run("collect", linux.path("out"));
    expect(run).toMatchObject({ status: 1, stderr: expect.stringContaining("still in the kernel") });
    expect(linux.exists("out")).toBe(false);
    expect(linux.exists("out.part")).toBe(false);
    expect(linux.read(linux.instance("tracing_on"))).toBe("1\n");
    expect(linux.probes()).toHaveLength(3);
  });

  test("writes into no folder that is there already", () => {
    linux.run("start");
    linux.folder("out");
    expect(linux.run("collect", linux.path("out"))).toMatchObject({ status: 1 });
    expect(files()).toEqual([]);
    expect(linux.exists(linux.instance())).toBe(true);
  });

  test("warns of events that were lost, overwritten and refused ones alike", () => {
    linux.run("start");
    linux.write(linux.instance("per_cpu/cpu0/stats"), "overrun: 7\ncommit overrun: 100\ndropped events: 0\n");
    linux.write(linux.instance("per_cpu/cpu1/stats"), "overrun: 0\ndropped events: 5\n");
    expect(linux.run("collect", linux.path("out")).stderr).toContain("warning: 12 events were lost");
    expect(linux.read("out/recording.txt")).toContain("events lost: 12\n");
  });

  test("warns where no mapping was seen, and where devices' names could not be read", () => {
    linux.run("start");
    linux.write(
      linux.instance("trace"),
      TRACE.replace(/^.* kmap: .*\n/m, "").replace('"0000:00:09.0"', "(fault)"),
    );
    const { stderr } = linux.run("collect", linux.path("out"));
    expect(stderr).toContain("warning: no mapping was seen");
    expect(stderr).toContain("warning: devices' names could not be read");
  });

  test("says what it goes without, and goes on", () => {
    linux.run("start");
    linux.remove("proc/iomem");
    linux.remove("boot/config-6.1.0");
    const run = linux.run("collect", linux.path("out"));
    expect(run.status).toBe(0);
    expect(run.stderr).toMatch(/proc\/iomem cannot be read/);
    expect(run.stderr).toMatch(/configuration is not to be found/);
    expect(files()).not.toContain("iomem.txt");
    expect(files()).not.toContain("config.txt");
  });

  test("has nothing to collect where nothing records", () => {
    expectRefusal(linux.run("collect", linux.path("out")), /nothing is being recorded/);
    expect(linux.exists("out")).toBe(false);
  });
});

describe("stop, status and cancel", () => {
  test("stop keeps what was recorded until collect", () => {
    linux.run("start");
    expect(linux.run("stop")).toMatchObject({ status: 0 });
    expect(linux.read(linux.instance("tracing_on"))).toBe("0\n");
    expect(linux.run("status").stderr).toContain("stopped; 0 events lost");
    linux.run("collect", linux.path("out"));
    expect(linux.read("out/ftrace.txt")).toBe(TRACE);
  });

  test("status tells a recording from none", () => {
    expect(linux.run("status").stderr).toContain("nothing is being recorded");
    linux.run("start");
    expect(linux.run("status")).toMatchObject({
      stderr: expect.stringContaining("recording; 0 events lost"),
      stdout: expect.stringContaining("p:smmu_replay/kmap"),
    });
  });

  test.each([["stop"], ["cancel"]])("%s without a recording says so", (command) => {
    expectRefusal(linux.run(command), /nothing is being recorded/);
  });
});

test.each([
  [[]],
  [["record"]],
  [["start", "--buffer-kb"]],
  [["start", "--buffer-kb", "64M"]],
  [["start", "--buffer-kb", "0"]],
  [["start", "--keep", "all"]],
  [["start", "now"]],
  [["stop", "now"]],
  [["collect"]],
  [["collect", "--help"]],
  [["collect", "a", "b"]],
])("a command line it does not understand is usage, exit 2: %j", (args) => {
  const run = linux.run(...args);
  expect(run.status).toBe(2);
  expect(run.stderr).toContain("usage: linux-record.sh start");
  expect(linux.exists(linux.instance())).toBe(false);
});
