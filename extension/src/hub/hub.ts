/** The offscreen document: camera, connection, quiz, account. */
export {};
