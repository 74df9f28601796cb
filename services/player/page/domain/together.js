// Watching together: the link that invites, and what is said of a vote.

const MARK = 'together=';
const PARTS = /^([\w-]{1,64})\/([\w.-]{1,256})$/;

/** The link that lets others watch along. It stands behind the #, which browsers send to no server. */
export function invitationLink(pageUrl, { sessionId, invitation }) {
  return `${pageUrl.split('#')[0]}#${MARK}${sessionId}/${invitation}`;
}

/** {sessionId, invitation} of a page's address, or null. */
export function invitationIn(hash) {
  const found = hash.startsWith(`#${MARK}`) ? PARTS.exec(hash.slice(MARK.length + 1)) : null;
  return found ? { sessionId: found[1], invitation: found[2] } : null;
}

/** "2 of 3 have voted", "" where nobody votes with anybody. */
export function turnout({ votes, watching }) {
  if (watching < 2) return '';
  const cast = votes.reduce((sum, { count }) => sum + count, 0);
  return cast ? `${cast} of ${watching} have voted. Most votes win.` : `${watching} watch. Most votes win.`;
}
