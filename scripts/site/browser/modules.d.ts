// Files that esbuild puts into a script.

declare module '*.wasm' {
  const binary: Uint8Array<ArrayBuffer>;
  export default binary;
}

declare module '*.txt' {
  const text: string;
  export default text;
}
