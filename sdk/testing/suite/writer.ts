import type { RawClient } from "./raw-client.ts";

/** Numbers mutations of one client, as the SDK does. */
export function createWriter(client: RawClient, clientId = "c1") {
  let n = 0;
  const mutate = (fields: object, asN?: number) =>
    client.request("mutate", { mutationId: `${clientId}:${asN ?? ++n}`, ...fields });
  return {
    mutate,
    create: (collection: string, id: string, value: object) =>
      mutate({ op: "create", collection, id, value }),
    set: (collection: string, id: string, fields: object) =>
      mutate({
        op: "update",
        collection,
        id,
        patches: Object.entries(fields).map(([name, value]: [string, unknown]) => ({
          op: "replace",
          path: [name],
          value,
        })),
      }),
    remove: (collection: string, id: string) => mutate({ op: "remove", collection, id }),
  };
}
