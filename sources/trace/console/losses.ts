import type { Broken, Grammar, LogContext } from "../logContext.ts";
import { CUT } from "../logLine.ts";
import { lossOf } from "../reportParts.ts";

const SUPPRESSED = /(?:^|\s)(\w{1,64}): (\d{1,15}) callbacks suppressed\u2026?$/;
const OURS = /\w{1,64}: .{0,20}callbacks suppres|\w{1,64}: \d{1,15} callbacks/;

// Only the functions that print faults; other drivers' lines are not our loss (logs 1).
const FAULT_FUNCTION =
  /(?:^|\s)(?:dmar_fault\w{0,20}|amd_iommu_report_\w{1,40}|amd_iommu_int_thread\w{0,20}|iommu_print_event|iommu_poll_events|arm_smmu_\w{0,30}fault\w{0,20}|arm_smmu_dump_\w{1,30}|arm_smmu_evtq_thread|arm_smmu_handle_ev\w{1,20}|arm_smmu_priq_thread|arm_smmu_gerror_handler|ipmmu_domain_irq|qcom_iommu_fault|report_iommu_fault): /;

const BROKEN: Broken = { broken: "a rate-limit line of an IOMMU driver" };

/** The kernel's own word that it dropped report lines (logs 1). */
export function losses(context: LogContext): Grammar {
  return (line) => {
    if (!line.message.includes("callbacks") || !OURS.test(line.message) || !FAULT_FUNCTION.test(line.message))
      return "foreign";
    const match = SUPPRESSED.exec(line.message);
    if (match === null || line.message.replace(CUT, "").endsWith("suppresse")) return BROKEN;
    const loss = lossOf("suppressed", { function: match[1]!, count: Number(match[2]) });
    context.out.emitJoined(line, loss, line.lastLine);
    return "taken";
  };
}
