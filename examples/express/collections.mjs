import { collection, defineCollections } from "holdfast";
import { z } from "zod";

/** The application's own data: the same object goes to the server and to every client. */
export const collections = defineCollections({
  deploys: collection(
    "deploy",
    z.object({ release: z.string().min(1), state: z.enum(["running", "done", "failed"]) }),
  ),
});
