export { useClient } from "./use-client.ts";
export { useEntity } from "./use-entity.ts";
export { useEvent } from "./use-event.ts";
export { useSnapshot } from "./use-snapshot.ts";
export { useWhere } from "./use-where.ts";
