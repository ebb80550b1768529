/** Lines that only QEMU prints: trace events of its IOMMUs, and its own complaints about them. */
export const QEMU_LINE =
  /^(?:\d+@\d+\.\d+:)?(?:vtd_|smmuv3_|smmu_|iommu_mr_)\w+ |qemu-(?:system-|kvm).*: (?:vtd_|smmu|New fault is not)|\bvtd_iova_to_slpte: |\bvtd_iommu_translate: /;
