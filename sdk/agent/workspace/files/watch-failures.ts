/** Whether the system has no more watches to give: on Linux a number set per user. */
export function isOutOfWatches(error: unknown): boolean {
  // Any thrown value may be asked for a field.
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === "ENOSPC" || code === "EMFILE";
}

export function outOfWatches(folder: string): Error {
  return new Error(
    `this system watches no more folders: some of ${folder} are not watched; ` +
      "raise fs.inotify.max_user_watches, or leave some out with a .holdfastignore file",
  );
}

export function tooManyFiles(folder: string, most: number): Error {
  return new Error(
    `more than ${most} files under ${folder}; leave some out with a .holdfastignore file there`,
  );
}
