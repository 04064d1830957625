// On globalThis, because the kernel loads this module anew when a file of lib is edited, while the
// kernels that were registered before keep asking the first one.
const shared = globalThis as typeof globalThis & { gptRecorder?: { active: boolean } };

/** Says whether a function is being recorded, so that a kernel can choose what is fast in a graph. */
export const recorder = (shared.gptRecorder ??= { active: false });
