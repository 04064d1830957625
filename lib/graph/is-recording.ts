/** The flag that says whether a function is being recorded. */

// On globalThis, because the kernel loads this module anew when a file of lib is edited, while the
// kernels that were registered before keep asking the first one.
const shared = globalThis as typeof globalThis & { gptRecording?: { active: boolean } };
const recording = (shared.gptRecording ??= { active: false });

/** Whether a function is being recorded, so that a kernel can choose what is fast in a graph. */
export const isRecording = (): boolean => recording.active;

export function setRecording(active: boolean): void {
  recording.active = active;
}
