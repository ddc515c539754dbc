// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { createClient } from "holdfast";
import { aTask, createMockServer } from "holdfast/testing";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { TaskList } from "../src/task-list.tsx";

const url = "wss://live.example.com";
const mock = createMockServer({ url, projects: { p1: { tasks: [aTask({ id: "t1", title: "Write" })] } } });
const msw = setupServer(...mock.handlers);

beforeAll(() => msw.listen());
afterEach(() => {
  cleanup();
  mock.reset();
});
afterAll(async () => {
  await mock.close();
  msw.close();
});

test("a task is completed, and another user's task appears", async () => {
  const client = createClient({ url, projectId: "p1", ...mock.clientOptions });
  await client.connect();
  render(<TaskList client={client} />);

  fireEvent.click(screen.getByRole("button", { name: "Complete Write" }));
  mock.project("p1").create("tasks", { title: "Review" });

  await screen.findByText("Review");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Complete Write" }).disabled).toBe(true);
  expect(mock.project("p1").state().tasks[0]?.status).toBe("completed");
  await client.close();
});
