// Connections that were upgraded: two sockets, joined.

/**
 * Joins both sockets until both directions have ended, or either has failed, or neither has carried
 * anything for so many milliseconds. `toClient` and `toOrigin` map the bytes of their direction, if
 * they are there.
 */
export function join(client, origin, idle, toClient, toOrigin) {
  const sockets = [client.socket, origin.socket];
  for (const socket of sockets) {
    const end = () => sockets.forEach((each) => each.destroy());
    socket.setNoDelay(true);
    socket.on("error", end);
    socket.on("close", (failed) => failed && end());
    if (idle) socket.setTimeout(idle, end);
  }
  carry(origin, client.socket, toClient);
  carry(client, origin.socket, toOrigin);
}

function carry({ socket, head }, to, frames) {
  const push = (bytes) => {
    try {
      const mapped = frames ? frames.push(bytes) : bytes;
      if (mapped.length > 0 && !to.write(mapped)) {
        socket.pause();
        to.once("drain", () => socket.resume());
      }
    } catch {
      socket.destroy();
      to.destroy();
    }
  };
  if (head.length > 0) push(head);
  socket.on("data", push);
  socket.on("end", () => {
    const rest = frames?.finish();
    frames?.free();
    to.end(rest?.length > 0 ? rest : undefined);
  });
}
