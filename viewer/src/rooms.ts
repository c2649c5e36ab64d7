/** Styles of all rooms but the live picture. */
import './rooms.css';
