import type { Router } from "express";
import { channelPublishSchema, focusSetSchema } from "../../../sdk/protocol/index.ts";
import { parseWith } from "../../core/parse-with.ts";
import { DEFAULT_PROJECT } from "../../core/project-of.ts";
import { principalOf } from "./principal-of.ts";
import { bodyOf, idOf, projectNamed } from "./request.ts";
import type { ApiServices } from "./services.ts";

/** `PUT /terminal/focus` and `POST /channels/:channel` (protocol sections 7 and 9). */
export function mountFocusAndChannels(router: Router, services: ApiServices): void {
  router.put("/terminal/focus", async (request, response) => {
    const body = bodyOf(request);
    const asked = parseWith(focusSetSchema, body);
    const projectId =
      projectNamed(request, body) ??
      (await services.store.projectOfSession(asked.sessionId)) ??
      DEFAULT_PROJECT;
    const state = await services.setFocus(principalOf(response), { ...asked, projectId });
    response.json({ success: true, ...state });
  });

  router.post("/channels/:channel", async (request, response) => {
    const body = bodyOf(request);
    const channel = idOf("channel", request.params["channel"]);
    const asked = parseWith(channelPublishSchema, { ...body, channel });
    const projectId = projectNamed(request, body) ?? DEFAULT_PROJECT;
    const position = await services.publish(principalOf(response), { ...asked, projectId });
    response.status(201).json({ success: true, ...position });
  });
}
