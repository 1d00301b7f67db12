import { endpoint } from './endpoint.ts'
import { Empty, message, Str } from './schema.ts'

// Pages and forms for browsers: HTML, and bodies as forms send them.

const group = 'sign-in'
const page = { api: 'root', group, body: 'raw', response: Empty } as const

export const signInPage = endpoint({
  ...page, name: 'signInPage', method: 'GET', path: '/sign-in', summary: 'The page on which people sign in; goes on to `next`, a path of this server.', request: message({}, { next: Str }),
})

export const signIn = endpoint({
  ...page, name: 'signIn', method: 'POST', path: '/sign-in', summary: 'Signs in by user name and password (a form) and sets the session\'s cookie.', request: message({}, { next: Str }),
})

export const oidcStart = endpoint({
  ...page, name: 'oidcStart', method: 'GET', path: '/sign-in/oidc', summary: 'Sends a browser to the provider of OpenID Connect to sign in; goes on to `next` afterwards.', request: message({}, { next: Str }),
})

export const oidcCallback = endpoint({
  ...page, name: 'oidcCallback', method: 'GET', path: '/sign-in/oidc/callback', summary: 'Where the provider sends a browser back to.',
  request: message({}, { code: Str, state: Str, iss: Str, error: Str, error_description: Str }),
})

export const signOut = endpoint({
  ...page, name: 'signOut', method: 'POST', path: '/sign-out', summary: 'Ends the session.', request: Empty,
})

export const signInStyle = endpoint({
  ...page, name: 'signInStyle', method: 'GET', path: '/sign-in/style.css', summary: 'The looks of the pages around signing in.', request: Empty,
})

export const setUpPage = endpoint({
  ...page, name: 'setUpPage', method: 'GET', path: '/set-up', summary: 'Where the one-time link of a new server leads.', request: message({}, { token: Str }),
})

export const setUp = endpoint({
  ...page, name: 'setUp', method: 'POST', path: '/set-up', summary: 'Makes the first admin (a form with the one-time token, a user name and a password).', request: Empty,
})

export const accountPage = endpoint({
  ...page, name: 'accountPage', method: 'GET', path: '/account', summary: 'One\'s own tokens and password.', request: Empty,
})

export const createOwnToken = endpoint({
  ...page, name: 'createOwnToken', method: 'POST', path: '/account/tokens', summary: 'Makes a token (a form) and shows it once.', request: Empty,
})

export const deleteOwnToken = endpoint({
  ...page, name: 'deleteOwnToken', method: 'POST', path: '/account/tokens/delete', summary: 'Ends a token (a form).', request: Empty,
})

export const changeOwnPassword = endpoint({
  ...page, name: 'changeOwnPassword', method: 'POST', path: '/account/password', summary: 'Changes one\'s own password (a form).', request: Empty,
})

export const adminPage = endpoint({
  ...page, name: 'adminPage', method: 'GET', path: '/admin', summary: 'All users and service accounts, for admins.', request: Empty,
})

export const adminUserPage = endpoint({
  ...page, name: 'adminUserPage', method: 'GET', path: '/admin/users/{username}', summary: 'What one user may do, and the user\'s tokens.', request: message({ username: Str }),
})

export const changeUsers = endpoint({
  ...page, name: 'changeUsers', method: 'POST', path: '/admin/users', summary: 'Adds, changes and deletes users, grants and tokens (forms of the pages for admins).', request: Empty,
})

export const adminTeamsPage = endpoint({
  ...page, name: 'adminTeamsPage', method: 'GET', path: '/admin/teams', summary: 'All teams with members and grants.', request: Empty,
})

export const changeTeams = endpoint({
  ...page, name: 'changeTeams', method: 'POST', path: '/admin/teams', summary: 'Adds, changes and deletes teams (forms of the page for admins).', request: Empty,
})

export const adminQuotasPage = endpoint({
  ...page, name: 'adminQuotasPage', method: 'GET', path: '/admin/quotas', summary: 'What each workspace holds, and what it may hold.', request: message({}),
})

export const changeQuotas = endpoint({
  ...page, name: 'changeQuotas', method: 'POST', path: '/admin/quotas', body: 'raw', summary: 'The forms of that page.', request: message({}),
})

export const adminAuditPage = endpoint({
  ...page, name: 'adminAuditPage', method: 'GET', path: '/admin/audit', summary: 'Who changed what, and what was refused to whom; newest first.', request: message({}, { action: Str, page_token: Str }),
})

export const signUpPage = endpoint({
  ...page, name: 'signUpPage', method: 'GET', path: '/signup', summary: 'MLflow\'s page on which admins add users.', request: Empty,
})

export const createUserByForm = endpoint({
  ...page, api: 'mlflow', name: 'createUserByForm', method: 'POST', path: '/users/create-ui', summary: 'Adds a user (a form), for MLflow\'s sign-up page.', request: Empty,
})

export const signInEndpoints = [
  signInPage, signIn, oidcStart, oidcCallback, signOut, signInStyle, setUpPage, setUp, accountPage, createOwnToken, deleteOwnToken, changeOwnPassword, signUpPage, createUserByForm,
  adminPage, adminUserPage, changeUsers, adminTeamsPage, changeTeams, adminQuotasPage, changeQuotas, adminAuditPage,
] as const
