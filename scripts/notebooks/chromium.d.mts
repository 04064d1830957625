/** Where a Chromium is: `GPT_CHROMIUM`, or where systems put it; undefined where there is none. */
export declare function findChromium(): string | undefined;
