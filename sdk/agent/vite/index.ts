export { type HoldfastPluginOptions, holdfast, holdfast as default } from "./vite-plugin.ts";
