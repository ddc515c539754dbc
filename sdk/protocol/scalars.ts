import { z } from "zod";
import { LIMITS } from "./limits.ts";

/** An id: 1–128 of `A-Z a-z 0-9 . _ : -`. */
export const idSchema = z
  .string()
  .max(LIMITS.idLength, `at most ${LIMITS.idLength} characters`)
  .regex(/^[A-Za-z0-9._:-]+$/, "an id is 1 to 128 characters of A-Z a-z 0-9 . _ : -");

/** A title or name: 1–500 characters. */
export const titleSchema = z
  .string()
  .min(1, "must not be empty")
  .max(LIMITS.titleLength, `at most ${LIMITS.titleLength} characters`);

export const countSchema = z.int().nonnegative();

export const epochSchema = z.string().min(1).max(LIMITS.idLength);
