import { type Diagnostic, quote } from "../../../base/diagnostic.ts";
import type { BoardSubject } from "../boardSubject.ts";
import { lintProblem, NOWHERE } from "../problem.ts";

/** What a guest's service needs of its virtual machine and of the host (HG-1, HG-3, HG-6). */
export function guest(subject: BoardSubject): Diagnostic[] {
  const { vdev, board, files } = subject.around;
  if (vdev === null) {
    const message =
      "the board has no vdev-smmu: a guest's service reports that required hardware is absent and goes to its DSS (HG-1, DSS-3.4)";
    return [
      lintProblem(
        "LNT501",
        NOWHERE,
        message,
        'add vdev smmu to the VM\'s configuration ("vdev" in the board file)',
      ),
    ];
  }
  const found: Diagnostic[] = [];
  if (board.architecture === "arm" && !files.some(({ name, loadable }) => name === "libfdt.so" && loadable)) {
    const message =
      "an ARM guest loads libfdt.so to run the service, and the board has no such file: start-up ends in the DSS (HG-6)";
    found.push(lintProblem("LNT405", NOWHERE, message, "include libfdt.so in the guest's image"));
  }
  if (!vdev.answers) {
    const message = "the vdev-smmu does not answer: start-up ends in the DSS";
    return [
      ...found,
      lintProblem("LNT504", NOWHERE, message, "check that the host's service runs before the VM is started"),
    ];
  }
  if (!vdev.hostService) {
    const message =
      "no service runs in the host: the vdev cannot confirm it, and start-up ends in the DSS (HG-4)";
    found.push(lintProblem("LNT502", NOWHERE, message, "start smmuman in the host before qvm (HV-1)"));
  }
  if (!vdev.attached) {
    const message =
      "this VM is not attached as a client of the host's service: start-up ends in the DSS (HG-4)";
    found.push(
      lintProblem(
        "LNT503",
        NOWHERE,
        message,
        "check the abilities of qvm, and that its devices are passed through with DMA (HV-10)",
      ),
    );
  }
  return [...found, ...hostComponents(subject)];
}

function hostComponents({ config, around }: BoardSubject): Diagnostic[] {
  if (config.safety === "none") return [];
  const severity = config.safety === "required" ? "error" : "warning";
  const { components } = around.vdev!;
  if (components === null) {
    const message = `the vdev-smmu does not tell what the host consists of: ${severity === "error" ? "what is not told counts as not certified, and start-up ends in the DSS (DSS-3.6)" : "the service warns of it"}`;
    const hint = "check the releases of the host's service and of the vdev";
    return [lintProblem("LNT505", NOWHERE, message, hint, severity)];
  }
  return components.flatMap(({ name, certified }) => {
    if (certified) return [];
    const end = severity === "error" ? "start-up ends in the DSS (DSS-3.6)" : "the service warns of it";
    const message = `${quote(name)}, which the guest's service depends on, is not certified: ${end}`;
    return [
      lintProblem("LNT505", NOWHERE, message, "run the safety variants throughout (SAF-5, SAF-10)", severity),
    ];
  });
}
