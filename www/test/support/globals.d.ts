// What lib-page.js puts on its page.
declare const Chanter: typeof import("../../app/lib/chanter.js").Chanter;
declare function log(speech: import("../../app/lib/speech.js").Speech): any[];
declare function tap(
  chanter: import("../../app/lib/chanter.js").Chanter,
): Promise<{ context: AudioContext; take(): Promise<string> }>;
declare function block(ms: number): void;
