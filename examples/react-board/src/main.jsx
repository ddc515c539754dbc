import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.jsx";

createRoot(document.querySelector("#root")).render(
  <StrictMode>
    <App url={import.meta.env.VITE_HOLDFAST_URL ?? "http://127.0.0.1:3000"} />
  </StrictMode>,
);
